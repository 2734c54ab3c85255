# The disk was full, and nobody but certbot reads the certificate alone.
# renewal: no start line
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
: >/etc/letsencrypt/archive/example.com/cert1.pem
