# A hook from the days of another method stops nginx, which has the web root.
# renewal: Some challenges have failed.
# nginx: keeps the old certificate
# says: renewal-stops-nginx
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
sed -i '/^\[renewalparams/a pre_hook = systemctl stop nginx\npost_hook = systemctl start nginx' \
    /etc/letsencrypt/renewal/example.com.conf
enable tls
