# An application of one page answers every path.
# message: challenge-answered-with-page
# today: stands
# rules: challenge-directory-wrong
# options: --webroot /var/www/html
mkdir -p /srv/app
echo '<!DOCTYPE html><title>shop</title>' >/srv/app/index.html
site <<'END'
server {
    listen 80;
    server_name example.com;
    root /srv/app;
    location / { try_files $uri /index.html; }
}
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
