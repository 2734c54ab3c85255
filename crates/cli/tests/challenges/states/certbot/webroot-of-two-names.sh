# Two names, each with a web root of its own.
# renewal: works
# nginx: has the new certificate
# says:
mkdir -p /var/www/shop
site <<'END'
server { listen 80; server_name example.com; root /var/www/html; }
server { listen 80; server_name shop.example.com; root /var/www/shop; }
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com \
    --webroot-path /var/www/shop --domain shop.example.com
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
    listen 443 ssl;
    server_name shop.example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/shop;
}
END
