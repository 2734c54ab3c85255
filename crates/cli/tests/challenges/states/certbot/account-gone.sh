# The account that the renewal file names is not there.
# renewal: does not exist
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
rm -r /etc/letsencrypt/accounts/*/*/*
