# nginx keeps to a certificate that is not renewed any more; its successor has a suffix.
# renewal: works
# nginx: keeps the old certificate
# says: certificate-of-old-lineage
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
certbot certonly --webroot --webroot-path /var/www/html --domain example.com --duplicate
rm /etc/letsencrypt/renewal/example.com.conf
enable tls
