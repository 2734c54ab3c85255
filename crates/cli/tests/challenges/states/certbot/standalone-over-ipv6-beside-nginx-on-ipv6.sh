# The name has an IPv6 address alone, and nginx has port 80 there.
# addresses: ipv6
# renewal: 404
# nginx: keeps the old certificate
# says: standalone-port-taken
systemctl stop nginx
certbot certonly --standalone --domain example.com
systemctl start nginx
site <<'END'
server {
    listen [::]:80;
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
