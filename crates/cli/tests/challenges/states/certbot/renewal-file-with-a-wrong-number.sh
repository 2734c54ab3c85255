# A port is no number.
# renewal: Expected a numeric value for http01_port
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i 's/^authenticator/http01_port = eighty\n&/' /etc/letsencrypt/renewal/example.com.conf
