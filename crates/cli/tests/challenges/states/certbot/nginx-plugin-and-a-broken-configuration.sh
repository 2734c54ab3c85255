# nginx -t fails, for a reason that has nothing to do with certificates.
# renewal: Error while running nginx -c /etc/nginx/nginx.conf -t
# nginx: keeps the old certificate
# says: directive-unknown
certbot run --nginx --domain example.com
echo 'server { listen 8080; proxy_pas http://127.0.0.1; }' >/etc/nginx/sites-enabled/shop
