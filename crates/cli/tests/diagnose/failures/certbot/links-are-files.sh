# /etc/letsencrypt was copied without its links.
# message: lineage-without-links
# today: stands
# rules: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com >/dev/null 2>&1
cp -rL /etc/letsencrypt/live /etc/letsencrypt/copy
rm -r /etc/letsencrypt/live
mv /etc/letsencrypt/copy /etc/letsencrypt/live
enable tls
certbot renew --force-renewal
