# nginx hands challenges to certbot, which listens on another port.
# renewal: works
# nginx: has the new certificate
# says:
site <<'END'
server {
    listen 80;
    server_name example.com;
    location ^~ /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8888; }
}
END
certbot certonly --standalone --http-01-port 8888 --domain example.com
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    location ^~ /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8888; }
    root /var/www/html;
}
END
