# nginx has port 80 on the loopback address only, which is enough to keep certbot from it.
# renewal: Could not bind TCP port 80
# nginx: keeps the old certificate
# says: standalone-port-taken
systemctl stop nginx
certbot certonly --standalone --domain example.com
systemctl start nginx
site <<'END'
server {
    listen 127.0.0.1:80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
systemctl restart nginx
