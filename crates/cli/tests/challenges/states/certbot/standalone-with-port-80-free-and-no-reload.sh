# nginx has port 443 alone, and nobody reloads it.
# renewal: works
# nginx: keeps the old certificate
# says: renewal-without-reload
rm /etc/letsencrypt/renewal-hooks/deploy/nginx
systemctl stop nginx
certbot certonly --standalone --domain example.com
systemctl start nginx
site <<'END'
server {
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
