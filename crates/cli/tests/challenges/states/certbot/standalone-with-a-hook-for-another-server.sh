# A hook stops the web server of before, and nginx has port 80.
# renewal: Could not bind TCP port 80
# nginx: keeps the old certificate
# says: standalone-port-taken
systemctl stop nginx
certbot certonly --standalone --domain example.com
systemctl start nginx
sed -i '/^\[renewalparams/a pre_hook = systemctl stop apache2' \
    /etc/letsencrypt/renewal/example.com.conf
enable tls
