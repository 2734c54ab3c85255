# Requests to an address of its own never reach the server that certbot makes for a file that it does not see.
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
printf '# caf\351\n' >>/etc/nginx/sites-enabled/example.com
systemctl restart nginx
