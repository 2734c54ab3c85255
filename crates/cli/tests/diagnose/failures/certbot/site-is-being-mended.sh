# A page for maintenance answers everything.
# message: challenge-answered-503
# today: stands
# rules: challenge-answered-before-location
# options: --webroot /var/www/html
site <<'END'
server {
    listen 80;
    server_name example.com;
    root /var/www/html;
    return 503;
    location ^~ /.well-known/acme-challenge/ { }
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
