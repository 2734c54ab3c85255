# The links were copied as files.
# renewal: to be a symlink
# nginx: keeps the old certificate
# says: awaited
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
cp -rL /etc/letsencrypt/live /etc/letsencrypt/copy
rm -r /etc/letsencrypt/live
mv /etc/letsencrypt/copy /etc/letsencrypt/live
enable tls
