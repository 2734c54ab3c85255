# A comma makes a list of a port.
# renewal: int() argument
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i 's/^authenticator/http01_port = 80,\n&/' /etc/letsencrypt/renewal/example.com.conf
