# The disk was full when the renewal file was written.
# renewal: is missing a required file reference
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
: >/etc/letsencrypt/renewal/example.com.conf
