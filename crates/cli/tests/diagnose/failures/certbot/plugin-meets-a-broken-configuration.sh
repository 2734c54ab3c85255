# certbot --nginx stops because of another site.
# message: directive-of-missing-module
# today: stands
# rules: directive-unknown
echo 'server { listen 8080; proxy_pas http://127.0.0.1; }' >/etc/nginx/sites-enabled/shop
certbot run --nginx --domain example.com
