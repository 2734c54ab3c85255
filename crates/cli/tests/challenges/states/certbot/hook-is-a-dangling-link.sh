# The hook is a link to a script that is gone.
# renewal: works
# nginx: keeps the old certificate
# says: renewal-without-reload
rm /etc/letsencrypt/renewal-hooks/deploy/nginx
ln -s /usr/local/sbin/reload-nginx /etc/letsencrypt/renewal-hooks/deploy/
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
