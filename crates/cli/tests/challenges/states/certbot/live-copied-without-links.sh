# The links were copied as files.
# renewal: to be a symlink
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
cp -rL /etc/letsencrypt/live /etc/letsencrypt/copy
rm -r /etc/letsencrypt/live
mv /etc/letsencrypt/copy /etc/letsencrypt/live
enable tls
