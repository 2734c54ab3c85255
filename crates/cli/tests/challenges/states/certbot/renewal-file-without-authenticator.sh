# The renewal file does not say how to answer challenges.
# renewal: does not specify an authenticator
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i '/^authenticator/d' /etc/letsencrypt/renewal/example.com.conf
