# The renewal file has been put aside, with another suffix.
# renewal: does nothing
# nginx: keeps the old certificate
# says: renewal-file-missing
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
mv /etc/letsencrypt/renewal/example.com.conf /etc/letsencrypt/renewal/example.com.conf.bak
