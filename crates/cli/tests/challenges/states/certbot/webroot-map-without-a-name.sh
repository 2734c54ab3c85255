# The map has no web root for one of the names, but there is a path for all.
# renewal: works
# nginx: has the new certificate
# says:
site <<'END'
server { listen 80; server_name example.com www.example.com; root /var/www/html; }
END
certbot certonly --webroot --webroot-path /var/www/html --domain example.com \
    --domain www.example.com
sed -i '/^www.example.com = /d' /etc/letsencrypt/renewal/example.com.conf
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com www.example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
