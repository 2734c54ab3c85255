# Port 80 redirects to itself.
# message: redirect-in-a-circle
# today: stands
# rules: challenge-redirect-not-followed
# options: --webroot /var/www/html
site <<'END'
server {
    listen 80;
    server_name example.com;
    return 301 http://$host$request_uri;
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
