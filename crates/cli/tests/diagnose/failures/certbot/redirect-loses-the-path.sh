# Everything is forwarded to the home page.
# message: challenge-answered-with-page
# today: stands
# rules: challenge-redirect-loses-path
# options: --webroot /var/www/html
site <<'END'
server {
    listen 80;
    server_name example.com;
    location = /home { default_type text/html; return 200 '<!DOCTYPE html><title>home</title>'; }
    location / { return 302 http://example.com/home; }
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
