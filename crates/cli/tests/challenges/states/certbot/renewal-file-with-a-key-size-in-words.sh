# The size of a key is no number.
# renewal: Expected a numeric value for rsa_key_size
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i 's/^authenticator/rsa_key_size = big\n&/' /etc/letsencrypt/renewal/example.com.conf
