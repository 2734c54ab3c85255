# error.log, after a renewal that found no token.
# message: token-file-not-found
# today: stands
# rules: challenge-directory-wrong
# options: --webroot /var/www/html
mkdir -p /var/www/site
site <<'END'
server {
    listen 80;
    server_name example.com;
    root /var/www/site;
    error_log /var/log/shop.log;
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com >/dev/null 2>&1
cat /var/log/shop.log
