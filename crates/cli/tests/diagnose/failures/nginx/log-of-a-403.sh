# error.log, after a renewal that was refused.
# message: challenge-forbidden-by-rule
# today: stands
# rules: challenge-access-refused
# options: --webroot /var/www/html
site <<'END'
server {
    listen 80;
    server_name example.com;
    root /var/www/html;
    deny all;
    error_log /var/log/shop.log;
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com >/dev/null 2>&1
cat /var/log/shop.log
