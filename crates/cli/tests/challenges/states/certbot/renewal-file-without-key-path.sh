# The renewal file lacks one of the four paths.
# renewal: is missing a required file reference
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i '/^privkey/d' /etc/letsencrypt/renewal/example.com.conf
