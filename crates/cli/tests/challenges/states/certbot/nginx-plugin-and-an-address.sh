# A server that certbot sees may have an address of its own.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --nginx --domain example.com
site <<'END'
server {
    listen 192.0.2.10:80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
systemctl restart nginx
