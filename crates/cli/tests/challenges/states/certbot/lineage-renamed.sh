# Somebody has renamed all files of the certificate, and not what is in them.
# renewal: to be a symlink
# nginx: keeps the old certificate
# says: renewal-file-broken renewal-file-missing
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
cd /etc/letsencrypt
mv live/example.com live/shop
mv archive/example.com archive/shop
mv renewal/example.com.conf renewal/shop.conf
for kind in cert chain fullchain privkey; do
    ln -sfn ../../archive/shop/${kind}1.pem live/shop/$kind.pem
done
site <<'END'
server {
    listen 80;
    listen 443 ssl;
    server_name example.com;
    ssl_certificate /etc/letsencrypt/live/shop/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/shop/privkey.pem;
    root /var/www/html;
}
END
