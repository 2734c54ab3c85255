# The certificate's own deploy hook reloads nginx.
# renewal: works
# nginx: has the new certificate
# says:
rm /etc/letsencrypt/renewal-hooks/deploy/nginx
certbot certonly --webroot --webroot-path /var/www/html --domain example.com \
    --deploy-hook 'systemctl reload nginx'
enable tls
