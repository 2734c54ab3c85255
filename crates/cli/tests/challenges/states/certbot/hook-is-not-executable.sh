# The hook may not be executed.
# renewal: works
# nginx: keeps the old certificate
# says: renewal-without-reload
chmod 644 /etc/letsencrypt/renewal-hooks/deploy/nginx
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
