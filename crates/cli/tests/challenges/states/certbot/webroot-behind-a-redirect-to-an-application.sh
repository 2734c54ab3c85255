# Port 80 redirects everything, and the TLS server hands all to an application.
# renewal: 502
# nginx: keeps the old certificate
# says: challenge-without-web-root
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
site <<'END'
server { listen 80; server_name example.com; return 301 https://$host$request_uri; }
server {
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    location / { proxy_pass http://127.0.0.1:3000; }
}
END
