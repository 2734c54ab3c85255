# The hook's name ends like that of an editor's backup.
# renewal: works
# nginx: keeps the old certificate
# says: renewal-without-reload
mv /etc/letsencrypt/renewal-hooks/deploy/nginx /etc/letsencrypt/renewal-hooks/deploy/nginx~
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
