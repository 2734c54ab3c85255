# Of two names one has got another document root.
# renewal: 404
# nginx: keeps the old certificate
# says: challenge-directory-wrong
site <<'END'
server { listen 80; server_name example.com www.example.com; root /var/www/html; }
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com \
    --domain www.example.com
mkdir -p /var/www/new
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
server {
    listen 80;
    server_name www.example.com;
    root /var/www/new;
}
END
