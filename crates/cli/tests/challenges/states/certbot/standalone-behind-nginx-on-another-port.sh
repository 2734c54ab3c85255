# nginx hands challenges to another port than certbot's.
# renewal: 502
# nginx: keeps the old certificate
# says: challenge-proxied-to-other-port
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
    location ^~ /.well-known/acme-challenge/ { proxy_pass http://127.0.0.1:8889; }
    root /var/www/html;
}
END
