# The hook is a link to a script elsewhere.
# renewal: works
# nginx: has the new certificate
# says:
mv /etc/letsencrypt/renewal-hooks/deploy/nginx /usr/local/sbin/reload-nginx
ln -s /usr/local/sbin/reload-nginx /etc/letsencrypt/renewal-hooks/deploy/
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
