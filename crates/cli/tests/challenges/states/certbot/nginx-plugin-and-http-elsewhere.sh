# certbot writes what it needs into the http block of nginx.conf, and gives up if that is in another file.
# renewal: could not find a block to include challenges
# nginx: keeps the old certificate
# says: server-hidden-from-certbot
certbot certonly --nginx --domain example.com
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
sed -n '/^http/,$p' /etc/nginx/nginx.conf >/etc/nginx/http.conf
cat >/etc/nginx/nginx.conf <<'END'
user www-data;

events {}

include /etc/nginx/http.conf;
END
systemctl restart nginx
