# certbot does not see a server with a comment before `{`; then it makes one of its own.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --nginx --domain example.com
site <<'END'
server # the shop
{
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    root /var/www/html;
}
END
