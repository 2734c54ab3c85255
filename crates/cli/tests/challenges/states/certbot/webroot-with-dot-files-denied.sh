# A later rule against dot files takes the challenges.
# renewal: 403
# nginx: keeps the old certificate
# says: challenge-taken-by-regex
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
    location ~ /\. { deny all; }
}
END
