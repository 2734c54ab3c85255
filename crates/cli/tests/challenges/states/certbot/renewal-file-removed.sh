# The renewal file is gone.
# renewal: does nothing
# nginx: keeps the old certificate
# says: renewal-file-missing
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
rm /etc/letsencrypt/renewal/example.com.conf
