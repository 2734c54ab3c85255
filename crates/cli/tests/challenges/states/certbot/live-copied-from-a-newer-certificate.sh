# Newer files were copied over the links.
# renewal: to be a symlink
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
certbot renew --force-renewal
cd /etc/letsencrypt/live/example.com
for kind in cert privkey chain fullchain; do
    cp --remove-destination ../../archive/example.com/${kind}2.pem $kind.pem
    rm ../../archive/example.com/${kind}2.pem
done
enable tls
