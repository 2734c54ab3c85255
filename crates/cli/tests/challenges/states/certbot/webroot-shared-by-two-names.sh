# Two names share a web root, which is not the document root of either.
# renewal: works
# nginx: has the new certificate
# says:
mkdir -p /var/www/letsencrypt
site <<'END'
server {
    listen 80;
    server_name example.com www.example.com;
    location ^~ /.well-known/acme-challenge/ { root /var/www/letsencrypt; }
    location / { return 301 https://$host$request_uri; }
}
END
certbot certonly --webroot --webroot-path /var/www/letsencrypt --domain example.com \
    --domain www.example.com
cat >>/etc/nginx/sites-enabled/example.com <<'END'
server {
    listen 443 ssl;
    server_name example.com www.example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
systemctl reload nginx
