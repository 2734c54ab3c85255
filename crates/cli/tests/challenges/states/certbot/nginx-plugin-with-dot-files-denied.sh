# Rules against dot files do not matter to what certbot --nginx writes.
# renewal: works
# nginx: has the new certificate
# says:
certbot run --nginx --domain example.com
sed -i 's,root /var/www/html;,root /var/www/html; location ~ /\\. { deny all; },' /etc/nginx/sites-enabled/example.com
systemctl reload nginx
