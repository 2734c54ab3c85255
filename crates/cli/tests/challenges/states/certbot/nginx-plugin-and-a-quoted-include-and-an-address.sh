# certbot takes the quotes around the path of an include for a part of the path, and sees nothing behind it.
# renewal: 404
# nginx: keeps the old certificate
# says: server-hidden-from-certbot
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
sed -i 's|include /etc/nginx/sites-enabled/\*;|include "/etc/nginx/sites-enabled/*";|' /etc/nginx/nginx.conf
systemctl restart nginx
