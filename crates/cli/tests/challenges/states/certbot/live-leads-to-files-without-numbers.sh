# A link leads to a copy whose name has no number.
# renewal: cert is required but missing for this certificate
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
cd /etc/letsencrypt/archive/example.com
cp cert1.pem cert.pem
ln -sf ../../archive/example.com/cert.pem /etc/letsencrypt/live/example.com/cert.pem
enable tls
