# nginx's workers may not look into the web root.
# renewal: 403
# nginx: keeps the old certificate
# says: challenge-directory-closed
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
chmod 700 /var/www/html
enable tls
