# certbot reads UTF-8 only, and does not see a file with a comment in Latin-1; then it makes a server of its own.
# renewal: works
# nginx: has the new certificate
# says:
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
printf '# caf\351\n' >>/etc/nginx/sites-enabled/example.com
