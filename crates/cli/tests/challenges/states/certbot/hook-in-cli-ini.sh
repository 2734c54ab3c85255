# cli.ini has a deploy hook for all certificates.
# renewal: works
# nginx: has the new certificate
# says:
rm /etc/letsencrypt/renewal-hooks/deploy/nginx
echo 'deploy-hook = nginx -s reload' >/etc/letsencrypt/cli.ini
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
sed -i '/^renew_hook/d' /etc/letsencrypt/renewal/example.com.conf
enable tls
