# nginx answers with an empty text.
# message: challenge-answered-with-nothing
# today: stands
# rules: challenge-without-web-root
# options: --webroot /var/www/html
site <<'END'
server {
    listen 80;
    server_name example.com;
    return 200;
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
