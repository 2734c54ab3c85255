# A setting stands in the renewal file twice.
# renewal: error parsing /etc/letsencrypt/renewal/example.com.conf
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i 's/^authenticator.*/&\n&/' /etc/letsencrypt/renewal/example.com.conf
