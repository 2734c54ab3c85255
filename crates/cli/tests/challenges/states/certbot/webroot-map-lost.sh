# Neither a map nor a path of web roots is left in the renewal file.
# renewal: Missing command line flag or config entry
# nginx: keeps the old certificate
# says: renewal-without-web-root
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
sed -i '/^webroot_path/d; /webroot_map/d; /^example.com = /d' /etc/letsencrypt/renewal/example.com.conf
enable tls
