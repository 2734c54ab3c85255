# Nothing listens on port 80.
# message: connection-refused
# today: unknown
# options: --webroot /var/www/html
systemctl stop nginx
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
