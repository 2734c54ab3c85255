# nginx has port 80 over IPv6 alone; certbot takes it over IPv4.
# apart: the renewal works as long as the name has no IPv6 address
# renewal: works
# nginx: has the new certificate
# says: standalone-port-taken
systemctl stop nginx
certbot certonly --standalone --domain example.com
systemctl start nginx
site <<'END'
server {
    listen [::]:80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
