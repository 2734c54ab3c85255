# nginx serves one of two names no more, and another server answers for it.
# renewal: 404
# nginx: keeps the old certificate
# says: renewal-of-unserved-name
site <<'END'
server { listen 80; server_name example.com www.example.com; root /var/www/html; }
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com \
    --domain www.example.com
site <<'END'
server { listen 80 default_server; return 404; }
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
